// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.24;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuard} from "@openzeppelin/contracts/utils/ReentrancyGuard.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// A constant-product market of two tokens, in the manner of Uniswap v2.
contract Pair is ERC20, ReentrancyGuard {
    using SafeERC20 for IERC20;

    uint256 public constant MINIMUM_LIQUIDITY = 1000;
    address private constant NOBODY = address(0xdead);

    IERC20 public immutable token0;
    IERC20 public immutable token1;
    address public immutable factory;

    uint112 private reserve0;
    uint112 private reserve1;
    uint32 private updated;
    uint256 public price0Cumulative;

    event Mint(address indexed sender, uint256 amount0, uint256 amount1);
    event Burn(address indexed sender, uint256 amount0, uint256 amount1, address indexed to);
    event Swap(
        address indexed sender,
        uint256 amount0In,
        uint256 amount1In,
        uint256 amount0Out,
        uint256 amount1Out,
        address indexed to
    );
    event Sync(uint112 reserve0, uint112 reserve1);

    error InsufficientLiquidity();
    error InsufficientInput();
    error InvalidTo(address to);
    error ProductTooSmall(uint256 found, uint256 expected);

    constructor(IERC20 a, IERC20 b) ERC20("Liquidity", "LIQ") {
        (token0, token1, factory) = (a, b, msg.sender);
    }

    function getReserves() public view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, updated);
    }

    /// Makes liquidity of the tokens that were sent here before.
    function mint(address to) external nonReentrant returns (uint256 liquidity) {
        (uint256 balance0, uint256 balance1) = balances();
        uint256 amount0 = balance0 - reserve0;
        uint256 amount1 = balance1 - reserve1;
        uint256 supply = totalSupply();
        if (supply == 0) {
            liquidity = Math.sqrt(amount0 * amount1) - MINIMUM_LIQUIDITY;
            _mint(NOBODY, MINIMUM_LIQUIDITY);
        } else {
            liquidity = Math.min(amount0 * supply / reserve0, amount1 * supply / reserve1);
        }
        if (liquidity == 0) revert InsufficientLiquidity();
        _mint(to, liquidity);
        update(balance0, balance1);
        emit Mint(msg.sender, amount0, amount1);
    }

    /// Gives back the tokens behind the liquidity that was sent here before.
    function burn(address to) external nonReentrant returns (uint256 amount0, uint256 amount1) {
        (uint256 balance0, uint256 balance1) = balances();
        uint256 liquidity = balanceOf(address(this));
        uint256 supply = totalSupply();
        amount0 = liquidity * balance0 / supply;
        amount1 = liquidity * balance1 / supply;
        if (amount0 == 0 || amount1 == 0) revert InsufficientLiquidity();
        _burn(address(this), liquidity);
        token0.safeTransfer(to, amount0);
        token1.safeTransfer(to, amount1);
        (balance0, balance1) = balances();
        update(balance0, balance1);
        emit Burn(msg.sender, amount0, amount1, to);
    }

    /// Pays out, and then sees whether enough was sent here before.
    function swap(uint256 amount0Out, uint256 amount1Out, address to) external nonReentrant {
        if (amount0Out >= reserve0 || amount1Out >= reserve1) revert InsufficientLiquidity();
        if (to == address(token0) || to == address(token1)) revert InvalidTo(to);
        if (amount0Out > 0) token0.safeTransfer(to, amount0Out);
        if (amount1Out > 0) token1.safeTransfer(to, amount1Out);
        (uint256 balance0, uint256 balance1) = balances();
        uint256 amount0In = balance0 + amount0Out - reserve0;
        uint256 amount1In = balance1 + amount1Out - reserve1;
        if (amount0In == 0 && amount1In == 0) revert InsufficientInput();
        uint256 product = (balance0 * 1000 - amount0In * 3) * (balance1 * 1000 - amount1In * 3);
        uint256 expected = uint256(reserve0) * reserve1 * 1000 ** 2;
        if (product < expected) revert ProductTooSmall(product, expected);
        update(balance0, balance1);
        emit Swap(msg.sender, amount0In, amount1In, amount0Out, amount1Out, to);
    }

    function balances() private view returns (uint256, uint256) {
        return (token0.balanceOf(address(this)), token1.balanceOf(address(this)));
    }

    function update(uint256 balance0, uint256 balance1) private {
        uint32 elapsed = uint32(block.timestamp) - updated;
        if (reserve0 != 0) price0Cumulative += (uint256(reserve1) << 112) / reserve0 * elapsed;
        (reserve0, reserve1, updated) = (uint112(balance0), uint112(balance1), uint32(block.timestamp));
        emit Sync(reserve0, reserve1);
    }
}

/// Creates at most one pair for two tokens, at an address that follows from them.
contract Factory {
    mapping(address => mapping(address => Pair)) public pairOf;
    Pair[] public pairs;

    event PairCreated(address indexed token0, address indexed token1, Pair pair, uint256 number);

    error Exists(Pair pair);
    error Identical(address token);

    function createPair(address a, address b) external returns (Pair pair) {
        if (a == b) revert Identical(a);
        (address token0, address token1) = a < b ? (a, b) : (b, a);
        if (address(pairOf[token0][token1]) != address(0)) revert Exists(pairOf[token0][token1]);
        pair = new Pair{salt: keccak256(abi.encodePacked(token0, token1))}(IERC20(token0), IERC20(token1));
        pairOf[token0][token1] = pair;
        pairOf[token1][token0] = pair;
        pairs.push(pair);
        emit PairCreated(token0, token1, pair, pairs.length);
    }
}
